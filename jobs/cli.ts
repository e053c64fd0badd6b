// The command line behind ./drhard: one function a subcommand (jobs/commands). Each prints to the terminal and throws AppError for what the
// user can mend.
import { parseArgs } from 'node:util'
import { AppError, type ErrorCode } from '@/contract/errors'
import type { Command, Value } from './commands/command'
import { DATA } from './commands/data'
import { RUN_FILES } from './commands/run-files'
import { RUNS } from './commands/runs'
import { SERVING } from './commands/serving'

const COMMANDS: Record<string, Command> = { ...SERVING, ...RUNS, ...RUN_FILES, ...DATA }

async function main(argv: string[]): Promise<void> {
  const two = argv.slice(0, 2).join(' ')
  const name = two in COMMANDS ? two : argv[0]
  const command = COMMANDS[name]
  if (!command) throw new AppError('bad-input', `Unknown subcommand ${argv[0] ?? ''}; see ./drhard --help`)
  const rest = argv.slice(name.split(' ').length)
  if (rest.includes('--help') || rest.includes('-h')) return console.log(command.usage)
  const { values, positionals } = parse(command, rest)
  const missing = (command.positionals ?? [])[positionals.length]
  if (missing) throw new AppError('bad-input', `${missing} is missing\n${command.usage}`)
  await command.run(values as Record<string, Value>, positionals)
}

function parse({ options, positionals, usage }: Command, args: string[]) {
  try {
    return parseArgs({ args, options: options ?? {}, allowPositionals: positionals !== undefined })
  } catch (cause) {
    throw new AppError('bad-input', `${(cause as Error).message}\n${usage}`, { cause })
  }
}

/** 130 is what a shell reports of a program that Ctrl-C ended. */
const EXIT_CODES: Partial<Record<ErrorCode, number>> = { 'bad-input': 2, cancelled: 130 }

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof AppError)) throw error
  console.error(`drhard: ${error.message}`)
  process.exit(EXIT_CODES[error.code] ?? 1)
}
