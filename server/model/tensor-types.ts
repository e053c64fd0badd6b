// Stored number types -> float32, for the readers of safetensors and PyTorch files.

export type StoredType = 'F32' | 'F16' | 'BF16' | 'F64' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL'

export const STORED_BYTES: Record<StoredType, number> = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I16: 2, I8: 1, U8: 1, BOOL: 1 }

/** True for types whose values a weight can have. */
export const isFloatType = (type: StoredType) => type === 'F32' || type === 'F16' || type === 'BF16' || type === 'F64'

/** Little-endian numbers as float32. `bytes` must hold whole numbers of a float type. */
export function toFloat32(type: StoredType, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const own = new Uint8Array(bytes).buffer // a copy of its own is aligned; a Buffer's slice() would be a view
  if (type === 'F32') return new Float32Array(own)
  if (type === 'F64') return Float32Array.from(new Float64Array(own))
  const halves = new Uint16Array(own)
  const out = new Float32Array(halves.length)
  if (type === 'BF16') {
    // bfloat16 is the upper half of a float32
    const words = new Uint32Array(out.buffer)
    for (let i = 0; i < halves.length; i++) words[i] = halves[i] << 16
  } else for (let i = 0; i < halves.length; i++) out[i] = half(halves[i])
  return out
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
