import { expect, it } from "vitest";
import * as face from "../src/index.ts";

it("offers these values and no others", () => {
  expect(Object.keys(face).sort()).toEqual([
    "AccessMode",
    "Ledger",
    "OWN_NAME",
    "RESOURCE_TYPES",
    "Resource",
    "ResourceAllocation",
    "ResourceAllocationError",
    "ResourceLimits",
    "ResourceManager",
    "ResourceNotFoundError",
    "ResourceStatus",
    "ResourceType",
    "ResourceUsage",
    "Semaphore",
    "SharedLedger",
    "amountsOf",
    "deleteResourceEntry",
    "deleteUsage",
    "describeRefusal",
    "detectHost",
    "explanationOf",
    "familyOf",
    "grantLines",
    "parseResourceType",
    "putResourceEntry",
    "readResourceEntry",
    "resourceAllocationSchema",
    "resourceLimitsSchema",
    "resourceName",
    "resourceOf",
    "resourceSchema",
    "resourceUsageSchema",
  ]);
});
