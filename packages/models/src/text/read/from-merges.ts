import { badFile } from '../step-json.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { type Beside, fromTokenizerJson } from './from-tokenizer-json.ts';
import { addedTokensOf, asConfig, namedTokens, robertaTokens } from './special-defaults.ts';

/** Classes of transformers whose vocab.json and merges.txt are byte-level BPE with RoBERTa's tokens around a text, and those with none. */
const robertaClasses = ['RobertaTokenizer', 'LongformerTokenizer', 'LEDTokenizer', 'BartTokenizer'];
const plainClasses = ['GPT2Tokenizer'];
export const bytePairClasses: readonly string[] = [...robertaClasses, ...plainClasses];

/**
 * A tokenizer of vocab.json and merges.txt: byte-level BPE.
 * @source `RobertaConverter` and `GPT2Converter` of Hugging Face transformers 4.57
 */
export function fromMerges(
  vocab: Readonly<Record<string, unknown>>,
  merges: string,
  tokenizerClass: string | undefined,
  beside: Beside,
): Tokenizer {
  const { config } = beside;
  const idOf = (token: string): number | undefined => {
    const id = Object.hasOwn(vocab, token) ? vocab[token] : undefined;
    return typeof id === 'number' ? id : undefined;
  };
  const isPlain = tokenizerClass === undefined ? idOf('<s>') === undefined : plainClasses.includes(tokenizerClass);
  const defaults = isPlain ? { bos: '<|endoftext|>', eos: '<|endoftext|>', unk: '<|endoftext|>' } : robertaTokens;
  const named = namedTokens(defaults, config ?? beside.specialMap);
  const hasPrefix = config?.['add_prefix_space'] === true;
  const byteLevel = { type: 'ByteLevel', add_prefix_space: hasPrefix, trim_offsets: true, use_regex: true };
  const around = (part: string): readonly [string, number] => {
    const token = named[part] ?? '';
    const id = idOf(token);
    if (id === undefined)
      throw badFile('vocab.json must have the tokens that the tokenizer needs.', token, 'none', 'check tokenizer_config.json.');
    return [token, id];
  };
  const json = {
    model: { type: 'BPE', vocab, merges: rulesOf(merges) },
    pre_tokenizer: byteLevel,
    post_processor: isPlain
      ? { ...byteLevel, trim_offsets: false }
      : { type: 'RobertaProcessing', sep: around('sep'), cls: around('cls'), trim_offsets: true, add_prefix_space: hasPrefix },
    decoder: byteLevel,
    added_tokens: addedTokensOf(config, named, idOf, true),
  };
  return fromTokenizerJson(json, { config: { ...config, ...asConfig(named) } });
}

/** Two tokens a line; the first line may be a version. */
function rulesOf(text: string): readonly (readonly [string, string])[] {
  return text.split('\n').flatMap((line, index) => {
    const rule = line.replace(/\r$/, '');
    if (rule === '' || (index === 0 && rule.startsWith('#version'))) return [];
    const [left, right, ...more] = rule.split(' ');
    if (left === undefined || right === undefined || more.length > 0)
      throw badFile('a line of merges.txt must be two tokens.', 'a b', JSON.stringify(rule));
    return [[left, right] as const];
  });
}
