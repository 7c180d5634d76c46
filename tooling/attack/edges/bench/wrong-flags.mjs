import { check, names, runBench } from './command.mjs';

// A small experiment that measures within seconds: found by the list of help.
export async function wrongFlags(r, { find, label }) {
  const odd = [
    '',
    ' ',
    '--',
    '-',
    '--out',
    '--out=',
    '--seed',
    '--seed=x',
    '--seed=-1',
    '--seed=1.5',
    '--seed=1e400',
    '--seed=99999999999999999999',
    '--full=yes',
    '--resume',
    '--docs',
    '--only',
    '--only=zzz',
    '--json',
    '--json=/',
    '--json=',
    '--nonsense',
    '-x',
    '--help=1',
    '--out=/proc/x',
    '--out=/dev/null',
    '--out=/dev/full',
    '\u0000'.slice(1),
    '日本',
    'x'.repeat(5000),
    '../..',
    '$(id)',
    '--python=/nonexistent',
    '--constructor',
    '--__proto__',
    '--__proto__=1',
    '--toString',
    '--seed=NaN',
    '--seed=0x10',
    '--seed= 1',
    '--only=',
    '--out=\ud800',
  ];
  const args = r.list(0, 4, (i) => (i === 0 && r.chance(0.8) ? r.pick(names) : r.pick(odd)));
  if (
    !args.some((a) =>
      /nonsense|^-x|zzz|seed=[-x1.N]|proto|constructor|toString|=yes|help=1|seed$|json=\/$|out=\/proc|out=\/dev|^\.\.|\$|日本|^x{9}|^$/.test(
        a,
      ),
    )
  )
    args.push('--nonsense');
  const input = `bench ${args.map((a) => JSON.stringify(a.slice(0, 60))).join(' ')}`;
  label(input);
  const x = await runBench(args, { seconds: 60 });
  check(x, 'wrong flags', input, find);
  if (x.code === 0 && !/help|Usage/.test(x.out))
    find({ severity: 'unclear', kind: 'wrong flags: exit 0', input, expected: 'exit 2', got: x.out.slice(0, 300) });
  if (x.code !== 0 && x.code !== 2 && !x.hung)
    find({
      severity: 'low',
      kind: 'wrong flags: another exit code',
      signature: `exit ${x.code}`,
      input,
      expected: 'exit 2',
      got: `${x.code} ${x.signal} ${x.err.slice(0, 400)}`,
    });
}
