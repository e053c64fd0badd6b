// Titles of the training metrics; an unknown one is shown under its own name.
const TITLES: Record<string, string> = {
  loss: 'Training loss',
  learningRate: 'Learning rate',
  gradientNorm: 'Gradient norm',
  gradNorm: 'Gradient norm',
  queriesPerSecond: 'Queries per second',
  tokensPerSecond: 'Tokens per second',
}

export const metricTitle = (name: string) => TITLES[name] ?? name
