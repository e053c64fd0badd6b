// The parameters of an address as a page gets them.
export type SearchParams = Promise<Record<string, string | string[] | undefined>>

/** A parameter's value; null where it is absent or given twice. */
export function oneOf(search: Awaited<SearchParams>, name: string): string | null {
  const value = search[name]
  return typeof value === 'string' ? value : null
}
