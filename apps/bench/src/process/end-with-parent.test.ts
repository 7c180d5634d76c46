import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const module = fileURLToPath(new URL('./end-with-parent.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

/** A child whose loop is never free again, as in a long call of a kernel. */
const child = `import { endWithParent } from ${JSON.stringify(module)}; endWithParent(); console.log(process.pid); setTimeout(() => { for (;;); }, 300);`;
const parent = `
import { spawn } from 'node:child_process';
spawn(process.execPath, ['--import', ${JSON.stringify(tsx)}, '--input-type=module', '-e', ${JSON.stringify(child)}], { stdio: ['ignore', 'inherit', 'inherit'] });
setInterval(() => {}, 1000);
`;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('a process whose loop is blocked ends within seconds of a parent that was killed', async () => {
  const running = spawn(process.execPath, ['--input-type=module', '-e', parent], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(running.stdout.setEncoding('utf8'), 'data')) as [string];
  const pid = Number(line);
  await new Promise((later) => setTimeout(later, 600));
  expect(isAlive(pid)).toBe(true);
  running.kill('SIGKILL');
  await expect.poll(() => isAlive(pid), { timeout: 15_000, interval: 100 }).toBe(false);
});
