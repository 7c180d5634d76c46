import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'longspan-parent-'));
afterAll(() => rmSync(folder, { recursive: true }));

const module = fileURLToPath(new URL('./end-with-parent.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

interface Pair {
  readonly parent: ChildProcess;
  readonly child: number;
}

/** A child that watches its parent as told, says its process id and then does something. */
async function start(options: string, then: string): Promise<Pair> {
  const child = `import { writeFileSync } from 'node:fs'; import { endWithParent } from ${JSON.stringify(module)}; endWithParent(${options}); ${then}; console.log(process.pid);`;
  const program = `
import { spawn } from 'node:child_process';
const args = ['--import', ${JSON.stringify(tsx)}, '--input-type=module', '-e', ${JSON.stringify(child)}];
spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
setInterval(() => {}, 1000);
`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string];
  return { parent, child: Number(line) };
}

/** The loop is never free again, as in a long call of a kernel. */
const block = 'setTimeout(() => { for (;;); }, 300)';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const ends = (pid: number): Promise<void> => expect.poll(() => isAlive(pid), { timeout: 15_000, interval: 100 }).toBe(false);

it.each([
  ['at once', ''],
  ['after it was asked in vain', '{ patienceSeconds: 0.5 }'],
])('a process whose loop is blocked ends within seconds of a parent that was killed, %s', async (_, options) => {
  const { parent, child } = await start(options, `process.on('SIGHUP', () => {}); ${block}`);
  await new Promise((later) => setTimeout(later, 600));
  expect(isAlive(child)).toBe(true);
  parent.kill('SIGKILL');
  await ends(child);
});

it('a process that is asked first writes what it has', async () => {
  const file = join(folder, 'kept');
  const keep = `process.on('SIGHUP', () => { writeFileSync(${JSON.stringify(file)}, 'all'); process.exit(); }); setInterval(() => {}, 1000)`;
  const { parent, child } = await start('{ patienceSeconds: 30 }', keep);
  parent.kill('SIGKILL');
  await ends(child);
  expect(readFileSync(file, 'utf8')).toBe('all');
});

it('a process ends though its parent was gone before it could look', async () => {
  const { parent, child } = await start('{ parent: 2 ** 22 + 1 }', block); // no Linux has as many processes
  await ends(child);
  parent.kill('SIGKILL');
});
