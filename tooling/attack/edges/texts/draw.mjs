export const locales =
  'af am ar as ay az be bg bm bn bo br bs ca ceb ckb co cs cy da de de-CH dv dz ee el en en-GB eo es et eu fa ff fi fil fj fo fr fy ga gd gl gn gu ha haw he hi hmn hr ht hu hy id ig ilo is it ja jv ka kk kl km kn ko kok kri ku ky la lb lg ln lo lt luo lv mai mg mi mk ml mn mni mr ms mt my nb ne nl nn nso ny oc om or pa pap pl ps pt pt-BR qu rm rn ro ru rw sa sat sc sd se sg si sk sl sm sn so sq sr sr-Latn ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk und ur uz ve vi vo war wo xh yi yo yue zh zh-Hant zh-Hans-SG zu en-u-ss-standard en-u-lb-strict art-x-a'.split(
    ' ',
  );

const scripts = [
  [0x41, 0x7a],
  [0xc0, 0x24f],
  [0x370, 0x3ff],
  [0x400, 0x4ff],
  [0x531, 0x586],
  [0x5d0, 0x5ea],
  [0x620, 0x64a],
  [0x710, 0x72f],
  [0x904, 0x939],
  [0x985, 0x9b9],
  [0xa05, 0xa39],
  [0xb85, 0xbb9],
  [0xc05, 0xc39],
  [0xd05, 0xd39],
  [0xd85, 0xdc6],
  [0xe01, 0xe30],
  [0xe81, 0xeb0],
  [0xf40, 0xf6c],
  [0x1000, 0x102a],
  [0x10a0, 0x10ff],
  [0x1200, 0x137f],
  [0x13a0, 0x13f4],
  [0x1780, 0x17b3],
  [0x1820, 0x1878],
  [0x3041, 0x3096],
  [0x30a1, 0x30fa],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0x10400, 0x1044f],
  [0x1f300, 0x1f64f],
  [0x20000, 0x2a6df],
  [0x300, 0x36f],
  [0x200b, 0x200f],
  [0x2000, 0x206f],
  [0xfe00, 0xfe0f],
  [0x1f1e6, 0x1f1ff],
  [0xd800, 0xdfff],
  [0x0, 0x1f],
  [0x20, 0x2f],
  [0xe000, 0xe010],
  [0xfff0, 0xffff],
  [0x80, 0x9f],
];

export const fixed = [
  '\n',
  '\n\n',
  '\r\n',
  '\r',
  '\n\n\n',
  '\r\n\r\n',
  '\t',
  ' ',
  '  ',
  '\u2028',
  '\u2029',
  '\u0085',
  '\v',
  '\f',
  '\u00a0',
  '\u3000',
  '\ufeff',
  '. ',
  '! ',
  '? ',
  '。',
  '؟ ',
  '... ',
  '"',
  '(',
  ')',
  "'",
  '’',
  '-',
  '—',
  '# A\n',
  '## B\r\n',
  '#x\n',
  '   # C\n',
  'CHAPTER I.\n\n',
  'Title\n===\n',
  'x\n---\n',
  '1.2 Data\n',
  'THE END',
  'e\u0301',
  '\u200d',
  '👨‍👩‍👧',
  '🇩🇪',
  '\ud800',
  '\udc00',
  'Mr. X',
  'etc. ',
  '3.14',
  'a.b.c',
  'http://x.y/z?q=1 ',
  'ＡＢＣ',
  'ﬁ',
  'İ',
  'ß',
  '\u0000',
  '\u001b[31m',
  'ﷺ',
  '\u202e',
  '<eos>',
  '<unk>',
];

export function word(r) {
  const [a, b] = r.pick(scripts);
  let w = '';
  for (let i = r.log(1, 30); i > 0; i--) {
    const c = r.int(a, b);
    w += c >= 0xd800 && c <= 0xdfff ? String.fromCharCode(c) : String.fromCodePoint(c);
  }
  return w;
}

/** A text of many scripts, with every kind of line end and mark. */
export function text(r, most = 200) {
  let t = '';
  const n = r.log(1, most);
  const spaces = r.chance(0.8);
  const mono = r.chance(0.3) ? r.pick(scripts) : undefined;
  for (let i = 0; i < n; i++) {
    t += r.chance(0.4)
      ? r.pick(fixed)
      : mono
        ? String.fromCodePoint(
            ...Array.from({ length: r.log(1, 12) }, () => r.int(...mono)).map((c) => (c >= 0xd800 && c <= 0xdfff ? 0x41 : c)),
          )
        : word(r);
    if (spaces && r.chance(0.5)) t += ' ';
    if (r.chance(0.02)) t += r.pick(fixed).repeat(r.log(1, 3000));
  }
  return t;
}
