export { backupState, type StateBackup } from "./state-backup.ts";
export { countBlobs, inspectState, type StateFacts } from "./state-inspection.ts";
