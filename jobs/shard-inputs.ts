// The parts that workers have made of a step that was shared out. Called by the steps that join them.

/** Folders of the parts (shard0, shard1, ... or queries0, ...), in order of their rows; none where the step was not shared out. */
export function shardInputs(inputs: Record<string, string | undefined>, parts: 'shard' | 'queries' = 'shard'): string[] {
  const place = (role: string) => Number((role.startsWith(parts) && /^\d+$/.exec(role.slice(parts.length))?.[0]) || -1)
  return Object.entries(inputs).filter((input): input is [string, string] => place(input[0]) >= 0 && input[1] !== undefined).sort(([a], [b]) => place(a) - place(b)).map(([, dir]) => dir)
}
