// CSV as RFC 4180 has it. Called by every export.

/** A line with its end; what is null or undefined is an empty field. */
export function csvLine(fields: (string | number | null | undefined)[]): string {
  return `${fields.map((field) => csvField(field ?? '')).join(',')}\r\n`
}

function csvField(value: string | number): string {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
