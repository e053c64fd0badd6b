// Typed arrays on disk: a 64-byte header and the bytes, little-endian; a file may hold several arrays one after another.
// Everything numeric that steps publish (tokens, embeddings, qrels, rankings) is stored this way.
import fs from 'node:fs'
import { promisify } from 'node:util'
import { AppError } from '@/contract/errors'

export interface ArrayOf {
  f32: Float32Array
  i32: Int32Array
  u32: Uint32Array
  u16: Uint16Array
  u8: Uint8Array
  i64: BigInt64Array
}
export type Dtype = keyof ArrayOf
export type TypedArray = ArrayOf[Dtype]
export interface ShapedArray<D extends Dtype = Dtype> {
  data: ArrayOf[D]
  /** data.length is the product; shape[0] counts the rows. */
  shape: number[]
}

// Header: magic (8 bytes), dtype (u32, index into DTYPES), rank (u32), six dims (u64).
const MAGIC = Buffer.from('DRHARR1\n')
const HEADER_BYTES = 64
const MAX_RANK = 6
// The order is part of the format.
const DTYPES: Dtype[] = ['f32', 'i32', 'u32', 'u16', 'u8', 'i64']
const CONSTRUCTORS = { f32: Float32Array, i32: Int32Array, u32: Uint32Array, u16: Uint16Array, u8: Uint8Array, i64: BigInt64Array }
const readAsync = promisify(fs.read)
// One read or write call moves at most 2 GiB.
const MAX_IO_BYTES = 1 << 30

/** Writes one array. `shape` must multiply to data.length. */
export function writeArray(path: string, data: TypedArray, shape: number[]): void {
  writeArrays(path, [{ data, shape }])
}

/** Writes several arrays into one file, in order. */
export function writeArrays(path: string, arrays: ShapedArray[]): void {
  const fd = fs.openSync(path, 'w')
  try {
    for (const array of arrays) appendTo(fd, array, path)
  } finally {
    fs.closeSync(fd)
  }
}

/** Adds arrays behind those the file has, e.g. the offsets of rows that were streamed. */
export function appendArrays(path: string, arrays: ShapedArray[]): void {
  const fd = fs.openSync(path, 'a')
  try {
    for (const array of arrays) appendTo(fd, array, path)
  } finally {
    fs.closeSync(fd)
  }
}

/** Reads a file that holds exactly one array. Throws AppError broken naming the file if it is not that. */
export function readArray(path: string): ShapedArray
export function readArray<D extends Dtype>(path: string, dtype: D): ShapedArray<D>
export function readArray(path: string, dtype?: Dtype): ShapedArray {
  const file = dtype ? openArray(path, dtype) : openArray(path)
  try {
    return { data: file.readRows(0, file.shape[0]), shape: file.shape }
  } finally {
    file.close()
  }
}

/** Dtypes of the arrays of a file, in order; a list where there is a choice. */
type DtypeChoice = Dtype | readonly Dtype[]
type Chosen<C> = C extends readonly Dtype[] ? C[number] : C extends Dtype ? C : never

/** Reads all arrays of a file, which must have these dtypes in this order. */
export function readArrays<const C extends readonly DtypeChoice[]>(path: string, dtypes: C): { [I in keyof C]: ArrayOf[Chosen<C[I]>] } {
  const files = openArrays(path, dtypes) as ArrayFile[]
  try {
    return files.map((file) => file.readRows(0, file.shape[0])) as never
  } finally {
    files[0].close()
  }
}

/** Opens a file that holds exactly one array, for reading some of its rows. */
export function openArray(path: string): ArrayFile
export function openArray<D extends Dtype>(path: string, dtype: D): ArrayFile<D>
export function openArray(path: string, dtype?: Dtype): ArrayFile {
  const files = openSections(path)
  const wrong = files.length !== 1 ? `holds ${files.length} arrays` : dtype && files[0].dtype !== dtype ? `holds ${files[0].dtype}` : null
  if (wrong) {
    files[0].close()
    throw new AppError('broken', `${path}: expected one ${dtype ?? ''} array, but it ${wrong}; make it again`)
  }
  return files[0]
}

/** Opens all arrays of a file, which must have these dtypes in this order. They share one descriptor: close the first. */
export function openArrays<const C extends readonly DtypeChoice[]>(path: string, dtypes: C): { [I in keyof C]: ArrayFile<Chosen<C[I]>> } {
  const files = openSections(path)
  const fits = files.length === dtypes.length && files.every((file, i) => [dtypes[i]].flat().includes(file.dtype))
  if (!fits) {
    files[0].close()
    throw new AppError('broken', `${path}: expected arrays ${dtypes.map((choice) => [choice].flat().join(' or ')).join(', ')}, found ${files.map((file) => file.dtype).join(', ')}; make it again`)
  }
  return files as never
}

/** An open array; owns its file descriptor until close(). */
export class ArrayFile<D extends Dtype = Dtype> {
  readonly rowLength: number
  private readonly rowBytes: number

  constructor(
    private readonly path: string,
    private readonly fd: number,
    readonly dtype: D,
    readonly shape: number[],
    private readonly dataStart: number,
  ) {
    this.rowLength = shape.slice(1).reduce((a, b) => a * b, 1)
    this.rowBytes = this.rowLength * CONSTRUCTORS[dtype].BYTES_PER_ELEMENT
  }

  /** Rows [from, to) as a new array, flat. */
  readRows(from: number, to: number): ArrayOf[D] {
    if (!(from >= 0 && from <= to && to <= this.shape[0])) throw new AppError('broken', `${this.path}: rows ${from} to ${to} are outside 0 to ${this.shape[0]}`)
    const data = new CONSTRUCTORS[this.dtype]((to - from) * this.rowLength)
    readFully(this.fd, new Uint8Array(data.buffer), this.dataStart + from * this.rowBytes, this.path)
    return data as ArrayOf[D]
  }

  /** Fills `target`, whole rows from row `from` on, without blocking the process. */
  async readRowsInto(target: ArrayOf[D], from: number): Promise<void> {
    const rows = target.length / this.rowLength
    if (!Number.isInteger(rows) || !(from >= 0 && from + rows <= this.shape[0])) throw new AppError('broken', `${this.path}: ${rows} rows from ${from} are outside 0 to ${this.shape[0]}`)
    const bytes = bytesOf(target)
    const start = this.dataStart + from * this.rowBytes
    for (let done = 0; done < bytes.byteLength; ) {
      const { bytesRead } = await readAsync(this.fd, bytes, done, Math.min(MAX_IO_BYTES, bytes.byteLength - done), start + done)
      if (bytesRead === 0) throw new AppError('broken', `${this.path}: ends at byte ${start + done}, expected ${start + bytes.byteLength}; make it again`)
      done += bytesRead
    }
  }

  close(): void {
    fs.closeSync(this.fd)
  }
}

/** Writes rows as they come; the header gets its row count on close(). */
export class ArrayWriter {
  private rows = 0
  private readonly rowLength: number

  constructor(
    private readonly path: string,
    private readonly fd: number,
    private readonly dtype: Dtype,
    private readonly rowShape: number[],
  ) {
    this.rowLength = rowShape.reduce((a, b) => a * b, 1)
    writeFully(fd, header(dtype, [0, ...rowShape]), null)
  }

  /** Adds whole rows. */
  append(data: TypedArray): void {
    if (dtypeOf(data) !== this.dtype) throw new AppError('broken', `${this.path}: a ${dtypeOf(data)} array was appended to a ${this.dtype} file`)
    if (data.length % this.rowLength !== 0) throw new AppError('broken', `${this.path}: ${data.length} values are not whole rows of ${this.rowLength}`)
    writeFully(this.fd, bytesOf(data), null)
    this.rows += data.length / this.rowLength
  }

  close(): void {
    const bytes = this.rows * this.rowLength * CONSTRUCTORS[this.dtype].BYTES_PER_ELEMENT
    writeFully(this.fd, new Uint8Array(paddingAfter(bytes)), null)
    writeFully(this.fd, header(this.dtype, [this.rows, ...this.rowShape]), 0)
    fs.closeSync(this.fd)
  }
}

export function createArrayWriter(path: string, dtype: Dtype, rowShape: number[]): ArrayWriter {
  return new ArrayWriter(path, fs.openSync(path, 'w'), dtype, rowShape)
}

function dtypeOf(data: TypedArray): Dtype {
  return DTYPES.find((dtype) => data instanceof CONSTRUCTORS[dtype])!
}

function bytesOf(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

// Every array starts at a multiple of 64 bytes, so that a memory map of it is aligned.
function paddingAfter(bytes: number): number {
  return (HEADER_BYTES - (bytes % HEADER_BYTES)) % HEADER_BYTES
}

function header(dtype: Dtype, shape: number[]): Uint8Array {
  if (shape.length < 1 || shape.length > MAX_RANK) throw new AppError('broken', `An array file has 1 to ${MAX_RANK} dimensions, not ${shape.length}`)
  const bytes = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(bytes)
  bytes.writeUInt32LE(DTYPES.indexOf(dtype), 8)
  bytes.writeUInt32LE(shape.length, 12)
  shape.forEach((dim, i) => bytes.writeBigUInt64LE(BigInt(dim), 16 + 8 * i))
  return bytes
}

function appendTo(fd: number, { data, shape }: ShapedArray, path: string): void {
  const length = shape.reduce((a, b) => a * b, 1)
  if (length !== data.length) throw new AppError('broken', `${path}: shape [${shape}] needs ${length} values, got ${data.length}`)
  writeFully(fd, header(dtypeOf(data), shape), null)
  writeFully(fd, bytesOf(data), null)
  writeFully(fd, new Uint8Array(paddingAfter(data.byteLength)), null)
}

function openSections(path: string): ArrayFile[] {
  let fd: number
  try {
    fd = fs.openSync(path, 'r')
  } catch (cause) {
    throw new AppError('broken', `${path} cannot be opened: ${(cause as Error).message}`, { cause })
  }
  try {
    const size = fs.fstatSync(fd).size
    const sections: ArrayFile[] = []
    let at = 0
    while (at < size || at === 0) {
      const { dtype, shape } = parseHeader(fd, at, size, path)
      const bytes = shape.reduce((a, b) => a * b, 1) * CONSTRUCTORS[dtype].BYTES_PER_ELEMENT
      sections.push(new ArrayFile(path, fd, dtype, shape, at + HEADER_BYTES))
      at += HEADER_BYTES + bytes + paddingAfter(bytes)
    }
    if (at !== size) throw new AppError('broken', `${path}: expected ${at} bytes, found ${size}; it is cut off, make it again`)
    return sections
  } catch (error) {
    fs.closeSync(fd)
    throw error
  }
}

function parseHeader(fd: number, at: number, size: number, path: string): { dtype: Dtype; shape: number[] } {
  const bytes = Buffer.alloc(HEADER_BYTES)
  const foreign = new AppError('broken', `${path}: not an array file (bad header at byte ${at}); make it again`)
  if (size - at < HEADER_BYTES) throw foreign
  readFully(fd, bytes, at, path)
  const dtype = DTYPES[bytes.readUInt32LE(8)]
  const rank = bytes.readUInt32LE(12)
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC) || !dtype || rank < 1 || rank > MAX_RANK) throw foreign
  return { dtype, shape: Array.from({ length: rank }, (_, i) => Number(bytes.readBigUInt64LE(16 + 8 * i))) }
}

function readFully(fd: number, target: Uint8Array, position: number, path: string): void {
  for (let done = 0; done < target.byteLength; ) {
    const read = fs.readSync(fd, target, done, Math.min(MAX_IO_BYTES, target.byteLength - done), position + done)
    if (read === 0) throw new AppError('broken', `${path}: ends at byte ${position + done}, expected ${position + target.byteLength}; make it again`)
    done += read
  }
}

function writeFully(fd: number, source: Uint8Array, position: number | null): void {
  for (let done = 0; done < source.byteLength; ) {
    done += fs.writeSync(fd, source, done, Math.min(MAX_IO_BYTES, source.byteLength - done), position === null ? null : position + done)
  }
}
