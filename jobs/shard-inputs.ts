// The parts that workers have made of a step that was shared out. Called by the steps that join them.

/** Folders of the parts, in order of their rows; none where the step was not shared out. */
export function shardInputs(inputs: Record<string, string | undefined>): string[] {
  const place = (role: string) => Number(/^shard(\d+)$/.exec(role)?.[1] ?? -1)
  return Object.entries(inputs).filter((input): input is [string, string] => place(input[0]) >= 0 && input[1] !== undefined).sort(([a], [b]) => place(a) - place(b)).map(([, dir]) => dir)
}
