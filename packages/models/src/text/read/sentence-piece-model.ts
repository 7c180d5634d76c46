import { type Field, fieldsIn } from './protobuf.ts';

export interface SentencePiece {
  readonly piece: string;
  readonly score: number;
  readonly kind: 'normal' | 'unknown' | 'control' | 'user' | 'unused' | 'byte';
}

/** What a .model of sentencepiece holds. */
export interface SentencePieceModel {
  readonly pieces: readonly SentencePiece[];
  readonly kind: 'unigram' | 'bpe' | 'word' | 'char';
  readonly unknownId: number;
  readonly unknownPiece: string;
  readonly hasBytes: boolean;
  readonly isSuffix: boolean;
  readonly characterMap: Uint8Array;
  readonly hasPrefix: boolean;
}

const pieceKinds = ['normal', 'normal', 'unknown', 'control', 'user', 'unused', 'byte'] as const;
const modelKinds = ['unigram', 'unigram', 'bpe', 'word', 'char'] as const;

/** @source sentencepiece_model.proto: ModelProto 1 pieces, 2 trainer_spec, 3 normalizer_spec */
export function readSentencePieceModel(bytes: Uint8Array): SentencePieceModel {
  const decoder = new TextDecoder();
  const pieces: SentencePiece[] = [];
  let trainer: readonly Field[] = [];
  let normalizer: readonly Field[] = [];
  for (const field of fieldsIn(bytes)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 1) pieces.push(pieceOf([...fieldsIn(field.value)], decoder));
    if (field.number === 2) trainer = [...fieldsIn(field.value)];
    if (field.number === 3) normalizer = [...fieldsIn(field.value)];
  }
  return {
    pieces,
    kind: modelKinds[integerOf(trainer, 3, 1)] ?? 'char',
    unknownId: integerOf(trainer, 40, 0),
    unknownPiece: textOf(trainer, 45, '<unk>', decoder),
    hasBytes: integerOf(trainer, 35, 0) === 1,
    isSuffix: integerOf(trainer, 24, 0) === 1,
    characterMap: bytesOf(normalizer, 2) ?? new Uint8Array(),
    hasPrefix: integerOf(normalizer, 3, 1) === 1,
  };
}

function pieceOf(fields: readonly Field[], decoder: TextDecoder): SentencePiece {
  const score = last(fields, 2);
  return {
    piece: textOf(fields, 1, '', decoder),
    score: score?.kind === 'float' ? score.value : 0,
    kind: pieceKinds[integerOf(fields, 3, 1)] ?? 'normal',
  };
}

/** Of a field that stands twice the last one counts. */
const last = (fields: readonly Field[], number: number): Field | undefined => fields.filter((field) => field.number === number).at(-1);

function integerOf(fields: readonly Field[], number: number, otherwise: number): number {
  const found = last(fields, number);
  return found?.kind === 'integer' ? found.value : otherwise;
}

function bytesOf(fields: readonly Field[], number: number): Uint8Array | undefined {
  const found = last(fields, number);
  return found?.kind === 'bytes' ? found.value : undefined;
}

function textOf(fields: readonly Field[], number: number, otherwise: string, decoder: TextDecoder): string {
  const found = bytesOf(fields, number);
  return found === undefined ? otherwise : decoder.decode(found);
}
