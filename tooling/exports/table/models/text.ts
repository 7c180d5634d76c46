import { row, type Table } from '../../row.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const files = () => ({ 'vocab.txt': utf8('[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n') });
const options = () => ({ tokenizerClass: 'BertTokenizer', progress: () => {}, signal: new AbortController().signal });

export const textTable: Table = {
  byteTokenizer: row([() => [{ shift: 2 }]]),
  readTokenizer: row([() => [files(), options()]], { '1': ['record', 'bare'] }), // all options may be left out
};
