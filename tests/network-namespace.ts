// Machines of a test: network namespaces on this one, each with an address of its own and a cable that can be pulled. Linux, as root.
import { spawnSync } from 'node:child_process'

export interface Machine {
  name: string
  /** Runs a command there: put before it. */
  prefix: string[]
  /** This machine's address as the other one sees it. */
  gateway: string
  pull(): void
  plug(): void
  remove(): void
}

/** Why no namespace can be made here, or null. */
export function whyNoNamespaces(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces need Linux and root'
  const name = `drh-probe-${process.pid}`
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' })
  if (made.status !== 0) return `ip netns add is refused: ${(made.stderr || made.error?.message || '').trim()}`
  spawnSync('ip', ['netns', 'delete', name])
  return null
}

/** A machine behind a pair of virtual network cards in 10.213.<index>.0/24. */
export function addMachine(index: number): Machine {
  const name = `drh-${process.pid}-${index}`
  const [ours, theirs] = [`drh${process.pid % 100000}h${index}`, `drh${process.pid % 100000}g${index}`]
  const gateway = `10.213.${index}.1`
  ip('netns', 'add', name)
  ip('link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs)
  ip('link', 'set', theirs, 'netns', name)
  ip('addr', 'add', `${gateway}/24`, 'dev', ours)
  ip('link', 'set', ours, 'up')
  ip('-n', name, 'addr', 'add', `10.213.${index}.2/24`, 'dev', theirs)
  ip('-n', name, 'link', 'set', theirs, 'up')
  ip('-n', name, 'link', 'set', 'lo', 'up')
  return {
    name,
    prefix: ['ip', 'netns', 'exec', name],
    gateway,
    pull: () => ip('link', 'set', ours, 'down'),
    plug: () => ip('link', 'set', ours, 'up'),
    remove() {
      spawnSync('ip', ['link', 'delete', ours])
      spawnSync('ip', ['netns', 'delete', name])
    },
  }
}

function ip(...args: string[]): void {
  const done = spawnSync('ip', args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`ip ${args.join(' ')}: ${done.stderr.trim()}`)
}
