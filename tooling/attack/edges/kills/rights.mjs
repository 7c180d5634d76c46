import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { temporaryFolder } from '../temporary-folder.mjs';
import { child, file, program, tame } from './child.mjs';

/** Folders and files that cannot be read or written: refused before the first step. */
export async function rights(r, { find, label }) {
  const d = temporaryFolder('rights');
  const what = r.pick([
    'folder read-only',
    'file unreadable',
    'folder not searchable',
    'read-only mount',
    'file is a folder',
    'file is a link to nowhere',
    'file is a link to a folder',
    'folder is a file',
    'cwd is gone',
    '/proc',
    'file of zero bytes',
    'part of another',
    'many parts',
    'fifo',
  ]);
  label(`rights ${what}`);
  let folder = `${d}/run`;
  mkdirSync(folder);
  let options = {};
  let cwd;
  const asNobody = { uid: 65534, gid: 65534 };
  chmodSync(d, 0o777);
  let expectFine = false;
  let mounted = false;
  if (what === 'folder read-only') {
    chmodSync(folder, 0o555);
    options = asNobody;
  } else if (what === 'file unreadable') {
    writeFileSync(`${folder}/${file}`, 'x');
    chmodSync(`${folder}/${file}`, 0);
    chmodSync(folder, 0o777);
    options = asNobody;
  } else if (what === 'folder not searchable') {
    chmodSync(folder, 0o444);
    options = asNobody;
  } else if (what === 'read-only mount') {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', folder]);
      mounted = true;
    } catch {
      return;
    }
  } else if (what === 'file is a folder') mkdirSync(`${folder}/${file}`);
  else if (what === 'file is a link to nowhere') {
    symlinkSync('/nonexistent/x', `${folder}/${file}`);
    expectFine = true;
  } else if (what === 'file is a link to a folder') symlinkSync(tmpdir(), `${folder}/${file}`);
  else if (what === 'folder is a file') {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'x');
  } else if (what === 'cwd is gone') {
    cwd = temporaryFolder('gone');
    folder = 'runs/first';
  } else if (what === '/proc') folder = '/proc/longspan/x';
  else if (what === 'file of zero bytes') writeFileSync(`${folder}/${file}`, '');
  else if (what === 'part of another') {
    writeFileSync(`${folder}/${file}.abc.part`, 'x');
    expectFine = true;
  } else if (what === 'many parts') {
    for (let i = 0; i < 3000; i++) writeFileSync(`${folder}/${file}.${i}.part`, '');
    expectFine = true;
  } else if (what === 'fifo') execFileSync('mkfifo', [`${folder}/${file}`]);
  const x = await child([folder, 2, 'plain', 'cpu', 1], {
    options,
    cwd,
    seconds: 25,
  });
  if (cwd) {
    // The folder must go after the process has begun in it: a shell removes it, then becomes the run.
    mkdirSync(cwd, { recursive: true });
    rmSync(`${cwd}/runs`, { recursive: true, force: true });
    const y = await new Promise((done) => {
      const c = spawn('sh', ['-c', `rmdir ${cwd}; exec ${process.execPath} ${program.file} runs/first 2 plain cpu 1`], {
        cwd,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let out = '',
        ticks = 0,
        hung = false;
      c.stdout.on('data', (t) => {
        out += t;
      });
      const timer = setInterval(() => {
        if (++ticks > 80) {
          hung = true;
          c.kill('SIGKILL');
        }
      }, 250);
      c.on('close', () => {
        clearInterval(timer);
        done({ out, hung, err: '', last: out.trim().split('\n').at(-1) });
      });
    });
    tame(y, `rights ${what}`, find, what);
    rmSync(d, { recursive: true });
    return;
  }
  tame(x, `rights ${what}`, find, what);
  const fine = x.last === 'ended steps 2';
  if (fine !== expectFine && !x.hung)
    find({
      severity: fine ? 'medium' : 'unclear',
      kind: `rights ${what}: ${fine ? 'worked' : 'failed'}`,
      input: what,
      expected: expectFine ? 'a run' : 'an error',
      got: x.last,
    });
  if (!fine && x.out.includes('step 1') && !x.hung)
    find({
      severity: 'medium',
      kind: `rights ${what}: found only after a step`,
      input: what,
      expected: 'before the first step',
      got: x.last,
    });
  if (mounted) execFileSync('umount', [folder]);
  rmSync(d, { recursive: true, force: true });
}
