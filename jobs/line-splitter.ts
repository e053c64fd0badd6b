// Cuts what a step's process prints into lines. A progress bar, which overwrites itself by carriage returns, becomes the one line that it
// ends as. Called by jobs/step-process.ts.

/** Longer ones are cut, or a process that never ends a line would fill the memory. */
const MAX_LENGTH = 16_384

export class LineSplitter {
  private rest = ''

  /** The lines that this piece has completed. */
  push(piece: string): string[] {
    const parts = (this.rest + piece).split('\n')
    this.rest = collapse(parts.pop()!, false)
    const lines = parts.map((part) => collapse(part, true))
    while (this.rest.length > MAX_LENGTH) {
      lines.push(this.rest.slice(0, MAX_LENGTH))
      this.rest = this.rest.slice(MAX_LENGTH)
    }
    return lines
  }

  /** What is left at the end of the output. */
  end(): string[] {
    const line = collapse(this.rest, true)
    this.rest = ''
    return line ? [line] : []
  }
}

/** What a terminal would show: the text after the last carriage return that something followed. An open line keeps its last return, which may belong to a line end. */
function collapse(text: string, complete: boolean): string {
  const trimmed = text.replace(/\r+$/, '')
  const shown = trimmed.slice(trimmed.lastIndexOf('\r') + 1)
  return complete || trimmed.length === text.length ? shown : `${shown}\r`
}
