// Porter2, the English Snowball stemmer: "connected", "connecting" and "connections" become one term. Called by analyse.ts.
// Martin Porter's definition at snowballstem.org/algorithms/english/stemmer.html; names of the steps are his. Words of other letters
// than a to z come back as they are.

const VOWEL = '[aeiouy]'
const DOUBLE = /(bb|dd|ff|gg|mm|nn|pp|rr|tt)$/
const LI_ENDING = /[cdeghkmnrt]li$/
/** A short syllable at the end: vowel between consonants (the last no w, x or Y), or a vowel at the start before a consonant. */
const SHORT_END = /([^aeiouy][aeiouy][^aeiouywxY]|^[aeiouy][^aeiouy])$/
/** Regions R1 of words whose stem would be wrong by the rule. */
const SPECIAL_R1 = /^(gener|commun|arsen)/
const AFTER_VOWEL_CONSONANT = /^.*?[aeiouy][^aeiouy]/

const EXCEPTIONS: Record<string, string> = { skis: 'ski', skies: 'sky', dying: 'die', lying: 'lie', tying: 'tie', idly: 'idl', gently: 'gentl', ugly: 'ugli', early: 'earli', only: 'onli', singly: 'singl' }
for (const same of ['sky', 'news', 'howe', 'atlas', 'cosmos', 'bias', 'andes']) EXCEPTIONS[same] = same
/** Words that step 1a has finished. */
const FINISHED = new Set(['inning', 'outing', 'canning', 'herring', 'earring', 'proceed', 'exceed', 'succeed'])

const STEP_2: [ending: string, to: string][] = [
  ['ational', 'ate'], ['ization', 'ize'], ['fulness', 'ful'], ['ousness', 'ous'], ['iveness', 'ive'], ['tional', 'tion'], ['biliti', 'ble'], ['lessli', 'less'],
  ['entli', 'ent'], ['ation', 'ate'], ['alism', 'al'], ['aliti', 'al'], ['ousli', 'ous'], ['iviti', 'ive'], ['fulli', 'ful'],
  ['enci', 'ence'], ['anci', 'ance'], ['abli', 'able'], ['izer', 'ize'], ['ator', 'ate'], ['alli', 'al'], ['bli', 'ble'], ['ogi', 'og'], ['li', ''],
]
const STEP_3: [ending: string, to: string][] = [['ational', 'ate'], ['tional', 'tion'], ['alize', 'al'], ['icate', 'ic'], ['iciti', 'ic'], ['ative', ''], ['ical', 'ic'], ['ness', ''], ['ful', '']]
const STEP_4 = ['ement', 'ance', 'ence', 'able', 'ible', 'ment', 'ant', 'ent', 'ism', 'ate', 'iti', 'ous', 'ive', 'ize', 'ion', 'al', 'er', 'ic']

/** The stem of a lower-case word. */
export function stem(word: string): string {
  if (word.length <= 2 || !/^[a-z]+$/.test(word)) return word
  if (Object.hasOwn(EXCEPTIONS, word)) return EXCEPTIONS[word]
  // y that is a consonant becomes Y
  let w = word.replace(/^y/, 'Y').replace(/([aeiouy])y/g, '$1Y')
  const r1 = SPECIAL_R1.exec(w)?.[0].length ?? AFTER_VOWEL_CONSONANT.exec(w)?.[0].length ?? w.length
  const r2 = r1 + (AFTER_VOWEL_CONSONANT.exec(w.slice(r1))?.[0].length ?? w.length - r1)
  w = step1a(w)
  if (FINISHED.has(w)) return w
  w = step1b(w, r1)
  if (w.length > 2) w = w.replace(/([^aeiouy])[yY]$/, '$1i') // step 1c
  w = step2(w, r1)
  w = step3(w, r1, r2)
  w = step4(w, r2)
  return step5(w, r1, r2).toLowerCase()
}

function step1a(w: string): string {
  if (w.endsWith('sses')) return w.slice(0, -2)
  if (/i(ed|es)$/.test(w)) return w.length > 4 ? w.slice(0, -2) : w.slice(0, -1)
  if (/(us|ss)$/.test(w)) return w
  return new RegExp(`${VOWEL}.+s$`).test(w) ? w.slice(0, -1) : w
}

function step1b(w: string, r1: number): string {
  const eed = /(eedly|eed)$/.exec(w)
  if (eed) return eed.index >= r1 ? `${w.slice(0, eed.index)}ee` : w
  const ending = /(ingly|edly|ing|ed)$/.exec(w)
  if (!ending || !new RegExp(VOWEL).test(w.slice(0, ending.index))) return w
  const rest = w.slice(0, ending.index)
  if (/(at|bl|iz)$/.test(rest)) return `${rest}e`
  if (DOUBLE.test(rest)) return rest.slice(0, -1)
  return r1 >= rest.length && SHORT_END.test(rest) ? `${rest}e` : rest
}

function step2(w: string, r1: number): string {
  const found = STEP_2.find(([ending]) => w.endsWith(ending))
  if (!found || w.length - found[0].length < r1) return w
  if (found[0] === 'ogi' && !w.endsWith('logi')) return w
  if (found[0] === 'li' && !LI_ENDING.test(w)) return w
  return w.slice(0, -found[0].length) + found[1]
}

function step3(w: string, r1: number, r2: number): string {
  const found = STEP_3.find(([ending]) => w.endsWith(ending))
  if (!found) return w
  const at = w.length - found[0].length
  return at < r1 || (found[0] === 'ative' && at < r2) ? w : w.slice(0, at) + found[1]
}

function step4(w: string, r2: number): string {
  const ending = STEP_4.find((each) => w.endsWith(each))
  if (!ending || w.length - ending.length < r2) return w
  return ending === 'ion' && !/[st]ion$/.test(w) ? w : w.slice(0, -ending.length)
}

function step5(w: string, r1: number, r2: number): string {
  const at = w.length - 1
  if (w.endsWith('e')) return at >= r2 || (at >= r1 && !SHORT_END.test(w.slice(0, at))) ? w.slice(0, at) : w
  return w.endsWith('ll') && at >= r2 ? w.slice(0, at) : w
}
