/** A failure of the setup that says what to do; it is shown without a stack. */
export class SetupError extends Error {
  constructor({ problem, expected, got, remedy }) {
    super(`Longspan: ${problem}\n  expected  ${expected}\n  got       ${got}\n  remedy    ${remedy}`);
    this.name = 'SetupError';
  }
}

/** The user pressed Ctrl-C: not a failure, but the command ends. */
export class Interrupted extends Error {
  name = 'Interrupted';
}

const causes = [
  {
    signs:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|META_FETCH_FAIL|ERR_PNPM_FETCH|network request/i,
    error: {
      problem: 'the npm registry could not be reached.',
      expected: 'a network, for the first run only (about 200 MB); later runs need none',
      remedy:
        'connect, or name your proxy or mirror (HTTPS_PROXY, or npm config set proxy / registry), and run the same command again: what has come is kept.',
    },
  },
  {
    signs: /ERR_PNPM_OUTDATED_LOCKFILE|ERR_PNPM_LOCKFILE_CONFIG_MISMATCH/,
    error: {
      problem: 'pnpm-lock.yaml does not fit the package.json files.',
      expected: 'a lockfile made from them',
      remedy: 'run `pnpm install` after editing a package.json, and commit pnpm-lock.yaml with it.',
    },
  },
  {
    signs: /ENOSPC/,
    error: {
      problem: 'the disk is full.',
      expected: 'about 1 GB free',
      remedy: 'make room and run the same command again: what has come is kept.',
    },
  },
  {
    signs: /EACCES|EPERM|EROFS/,
    error: {
      problem: 'a file of the workspace could not be written.',
      expected: 'a folder that you may write to',
      remedy: 'clone into a folder of your own (no sudo), or give yourself the right to write here, and run the same command again.',
    },
  },
];

/** Turns what npm or pnpm printed before they failed into an error that names the cause, where it is a known one. */
export function explain(what, output) {
  const lines = output.trimEnd().split('\n');
  const cause = causes.find(({ signs }) => signs.test(output));
  if (cause === undefined) {
    return new SetupError({
      problem: `${what} failed.`,
      expected: 'exit code 0',
      got: `this:\n${lines.slice(-15).join('\n')}`,
      remedy: 'if the message above does not help, delete .tools and node_modules and run the same command again.',
    });
  }
  const got = lines.find((line) => cause.signs.test(line)) ?? what;
  return new SetupError({ ...cause.error, got: `${what}: ${got.trim().slice(0, 300)}` });
}
