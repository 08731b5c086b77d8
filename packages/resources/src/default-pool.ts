import type { HostFacts } from "./host.ts";
import type { ResourceInit } from "./resource.ts";

/** Used where the free space of the base directory cannot be asked for. */
const UNKNOWN_DISK_GB = 1;

/** The resources of a manager that is not configured: the machine, and quotas to begin with. */
export function defaultPool({ cores, memoryGb, diskGb }: HostFacts): ResourceInit[] {
  const disk = diskGb ?? UNKNOWN_DISK_GB;
  return [
    {
      id: "system_cpu",
      name: "System CPU",
      type: "cpu",
      capacity: { cores },
      limits: { maxCpuCores: cores },
    },
    {
      id: "system_memory",
      name: "System Memory",
      type: "memory",
      capacity: { gb: memoryGb },
      limits: { maxMemoryGb: memoryGb * 0.8 },
    },
    {
      id: "system_disk",
      name: "System Disk",
      type: "disk",
      capacity: { gb: disk },
      limits: { maxDiskGb: disk * 0.9 },
    },
    {
      id: "system_network",
      name: "System Network",
      type: "network",
      capacity: { mbps: 1000 },
      limits: { maxNetworkMbps: 1000 },
    },
    {
      id: "openai_api",
      name: "OpenAI API",
      type: "external_api",
      capacity: { requests_per_minute: 60, tokens_per_minute: 10_000 },
      limits: { maxRequestsPerMinute: 60, timeoutMs: 30_000 },
    },
    { id: "sys-compute", name: "System Compute", type: "compute", capacity: 100, unit: "vcpu" },
    { id: "sys-memory", name: "System Memory Pool", type: "memory", capacity: 1024, unit: "mb" },
    { id: "api-global", name: "Global API Quota", type: "api_quota", capacity: 1000, unit: "rpm" },
  ];
}
