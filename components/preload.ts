// Lets the HTML name the answers that a page will ask for first, so that they are on their way while its code still loads. Called by pages of
// app with components/api.ts's addresses: the browser gives the answer to the very request that the page then makes.
import { preload } from 'react-dom'

export function preloadAnswers(addresses: string[]): void {
  for (const address of addresses) preload(address, { as: 'fetch', crossOrigin: 'anonymous' })
}
