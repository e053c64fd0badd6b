// Builds a computation graph node by node. model/ and train/ call the methods named for ops; executors read `nodes`.
import { SHAPES, type DType, type Node, type OpAttributes, type OpName, type Shape, type Value } from './ops'

export class Graph {
  readonly nodes: Node[] = []
  readonly inputs = new Map<string, Value>()
  readonly outputs = new Map<string, Value>()
  readonly constants = new Map<Value, number>()
  private readonly scalars = new Map<number, Value>()
  private readonly producers = new Map<Value, Node>()
  private reread: ((input: Value) => Value) | null = null
  private count = 0

  private value(shape: Shape, dtype: DType): Value {
    return { id: this.count++, shape, dtype }
  }

  /** Declares an input that is fed by name on every run. */
  input(name: string, shape: Shape, dtype: DType = 'f32'): Value {
    const known = this.inputs.get(name)
    if (known && this.reread) return this.reread(known)
    if (known) throw new Error(`graph input ${name} is declared twice`)
    const v = this.value(shape, dtype)
    this.inputs.set(name, v)
    return v
  }

  /** The node that a value comes from; undefined for inputs and constants. */
  producerOf(value: Value): Node | undefined {
    return this.producers.get(value)
  }

  /** Builds once more what was built before: inputs that it declares again are those of before, as `reread` gives them. */
  rebuild<T>(reread: (input: Value) => Value, build: () => T): T {
    this.reread = reread
    try {
      return build()
    } finally {
      this.reread = null
    }
  }

  output(name: string, value: Value): void {
    if (this.outputs.has(name)) throw new Error(`graph output ${name} is declared twice`)
    this.outputs.set(name, value)
  }

  /** A scalar constant. */
  scalar(x: number): Value {
    let v = this.scalars.get(x)
    if (!v) {
      v = this.value([], 'f32')
      this.scalars.set(x, v)
      this.constants.set(v, x)
    }
    return v
  }

  private apply<K extends OpName>(op: K, inputs: readonly Value[], attributes: OpAttributes[K]): readonly Value[] {
    const outputs = SHAPES[op](inputs, attributes).map(({ shape, dtype }) => this.value(shape, dtype ?? 'f32'))
    const node = { op, inputs, outputs, attributes }
    this.nodes.push(node)
    for (const output of outputs) this.producers.set(output, node)
    return outputs
  }

  add = (a: Value, b: Value) => this.apply('add', [a, b], {})[0]
  sub = (a: Value, b: Value) => this.apply('sub', [a, b], {})[0]
  mul = (a: Value, b: Value) => this.apply('mul', [a, b], {})[0]
  div = (a: Value, b: Value) => this.apply('div', [a, b], {})[0]
  neg = (x: Value) => this.apply('neg', [x], {})[0]
  exp = (x: Value) => this.apply('exp', [x], {})[0]
  sqrt = (x: Value) => this.apply('sqrt', [x], {})[0]
  erf = (x: Value) => this.apply('erf', [x], {})[0]
  sigmoid = (x: Value) => this.apply('sigmoid', [x], {})[0]
  softplus = (x: Value) => this.apply('softplus', [x], {})[0]
  gelu = (x: Value) => this.apply('gelu', [x], {})[0]
  matMul = (a: Value, b: Value, o: Partial<OpAttributes['matMul']> = {}) =>
    this.apply('matMul', [a, b], { transA: false, transB: false, leadA: false, leadB: false, alpha: 1, half: false, ...o })[0]
  linear = (x: Value, w: Value, b: Value) => this.apply('linear', [x, w, b], {})[0]
  layerNorm = (x: Value, gain: Value, bias: Value, epsilon: number) => this.apply('layerNorm', [x, gain, bias], { epsilon })[0]
  softmax = (x: Value) => this.apply('softmax', [x], {})[0]
  logSumExp = (x: Value) => this.apply('logSumExp', [x], {})[0]
  dropout = (x: Value, rows: Value, columns: Value, rate: number) => this.apply('dropout', [x, rows, columns], { rate })[0]
  less = (a: Value, b: Value) => this.apply('less', [a, b], {})[0]
  sum = (x: Value, axes: readonly number[] = x.shape.map((_, i) => i), keepDims = false) => this.apply('sum', [x], { axes, keepDims })[0]
  sumSquares = (x: Value) => this.apply('sumSquares', [x], {})[0]
  reshape = (x: Value, shape: Shape) => this.apply('reshape', [x], { shape })[0]
  reshapeLike = (x: Value, like: Value) => this.apply('reshapeLike', [x, like], {})[0]
  transpose = (x: Value, perm: readonly number[]) => this.apply('transpose', [x], { perm })[0]
  expandLike = (x: Value, like: Value) => this.apply('expandLike', [x, like], {})[0]
  gather = (table: Value, ids: Value, padding: number | null = null) => this.apply('gather', [table, ids], { padding })[0]
  scatterAdd = (ids: Value, updates: Value, rows: number, padding: number | null = null) => this.apply('scatterAdd', [ids, updates], { rows, padding })[0]
  takeRows = (x: Value, index: Value, inverse: Value) => this.apply('takeRows', [x, index, inverse], {})[0]
  concat = (parts: readonly Value[]) => this.apply('concat', parts, {})[0]
  splitLike = (x: Value, parts: readonly Value[]) => this.apply('splitLike', [x, ...parts], {})
  split = (x: Value, rows: readonly number[]) => this.apply('split', [x], { rows })
  select = (condition: Value, a: Value, b: Value) => this.apply('select', [condition, a, b], {})[0]
  after = (x: Value, before: Value) => this.apply('after', [x, before], {})[0]
  topK = (x: Value, k: number) => {
    const [values, indices] = this.apply('topK', [x], { k })
    return { values, indices }
  }
}
