// What the address of a comparison says, and what it asks for first: shared by the view and the page, whose HTML already names these answers.

/** What GET /api/compare takes. */
const MOST_COMPARED = 20

/** The training metric that is drawn. */
export const METRIC = 'loss'

/** The runs of an address, each once. */
export const comparedIds = (text: string | null) => [...new Set((text ?? '').split(',').filter(Boolean))].slice(0, MOST_COMPARED)
