import { blockDiagonal, everything, keysAt, type Mask } from '@longspan/attention-sparse/mask';
import { tensor4d } from '@tensorflow/tfjs-core';
import type { RobertaVisibility } from './roberta-layer.ts';

/**
 * Attention within segments of that length over tokens some of which are padding. Nobody sees padding, but for a segment that is
 * nothing else: there the reference's hidden scores are all alike, so that every query weighs all of its segment evenly.
 */
export class SegmentVisibility {
  readonly #mask: Mask;
  readonly #attentive: Float32Array | undefined;
  readonly #rows: number;

  constructor(texts: readonly string[], segment: number) {
    const length = texts[0]?.length ?? 0;
    const empty = texts.map((text) =>
      Array.from({ length: Math.ceil(length / segment) }, (_, at) => !text.slice(at * segment, (at + 1) * segment).includes('1')),
    );
    const hidden = texts.map((text, row) =>
      Array.from(text).flatMap((mark, at) => (mark === '0' && empty[row]?.[Math.floor(at / segment)] === false ? [at] : [])),
    );
    const alike = texts.every((text) => text === texts[0]);
    const within = segment >= length ? everything() : blockDiagonal({ blockSize: segment });
    const padding = hidden.some((row) => row.length > 0) ? keysAt(alike ? (hidden[0] as number[]) : hidden).not() : undefined;
    this.#mask = padding === undefined ? within : within.and(padding);
    this.#rows = texts.length;
    this.#attentive = empty.flat().includes(true)
      ? Float32Array.from({ length: texts.length * length }, (_, at) =>
          empty[Math.floor(at / length)]?.[Math.floor((at % length) / segment)] === true ? 0 : 1,
        )
      : undefined;
  }

  /** With a tensor that belongs to the caller's tidy. */
  visibility(): RobertaVisibility {
    const attentive = this.#attentive;
    if (attentive === undefined) return { mask: this.#mask };
    return { mask: this.#mask, attentive: tensor4d(attentive, [this.#rows, 1, attentive.length / this.#rows, 1]) };
  }
}
