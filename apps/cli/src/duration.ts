/** A duration as a person reads it: `12 ms`, `3.2 s`, `4 min 05 s`, `2 h 03 min`. Below 0 counts as 0. */
export function duration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 100) return `${whole} ms`;
  if (whole < 59_950) return `${(whole / 1000).toFixed(1)} s`;
  const seconds = Math.round(whole / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`;
}

const two = (value: number): string => String(value).padStart(2, "0");
