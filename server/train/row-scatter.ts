// Adds row updates up into the gradient of an embedding table. Called by trainer.ts after each run of the graph.
// Only touched rows are cleared, written and summed: a step touches some thousand rows of a table that may have fifty thousand.

export interface RowScatter {
  /** Starts a step: clears the rows that the one before touched. */
  clear(): void
  /** Adds row i of `rows` to row ids[i]; updates of id `padding` are left out. */
  add(ids: ArrayLike<number>, rows: Float32Array, padding: number | null): void
  /** Sum of squares of what was added since clear(). */
  squaredNorm(): number
}

/** `table` [rows, width] must be zero at first and be changed by nobody else. */
export function createRowScatter(table: Float32Array, width: number): RowScatter {
  const isTouched = new Uint8Array(table.length / width)
  let touched: number[] = []
  return {
    clear() {
      for (const row of touched) {
        table.fill(0, row * width, (row + 1) * width)
        isTouched[row] = 0
      }
      touched = []
    },
    add(ids, rows, padding) {
      for (let i = 0; i < ids.length; i++) {
        const row = ids[i]
        if (row === padding) continue
        if (!isTouched[row]) {
          isTouched[row] = 1
          touched.push(row)
        }
        let to = row * width
        for (let from = i * width; from < (i + 1) * width; from++) table[to++] += rows[from]
      }
    },
    squaredNorm() {
      let sum = 0
      for (const row of touched) for (let i = row * width; i < (row + 1) * width; i++) sum += table[i] * table[i]
      return sum
    },
  }
}
