import { useComputed, useSignal } from '@preact/signals';
import { proxy } from 'comlink';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { site } from '../../compute/chosen-device.ts';
import { connection } from '../../compute/connection.ts';
import { job } from '../../compute/job.ts';
import { Slider } from '../../controls/fields.tsx';
import { JobStatus } from '../../controls/job-status.tsx';
import { Refused } from '../../controls/refused.tsx';
import { TakeAway } from '../../controls/take-away.tsx';
import { pictureSvg } from '../../picture/shapes.ts';
import { followText } from '../../text/follow-text.ts';
import { textState } from '../../text/loaded-text.ts';
import { TextPicker } from '../../text/text-picker.tsx';
import { AboutMemory } from './about-memory.tsx';
import { Begin } from './begin.tsx';
import { codeOf } from './code.ts';
import type { MemoryAbout } from './memory-model.ts';
import { memoryPicture } from './memory-picture.ts';
import { PositionsPanel } from './positions-panel.tsx';
import { ReachPanel } from './reach-panel.tsx';
import { SpeedPanel } from './speed-panel.tsx';
import { memory, memoryLengths, segmentLengths } from './state.ts';
import { StreamPanel, wordsOf } from './stream-panel.tsx';
import { placeIn, streamedPart } from './streamed-part.ts';
import type { Reach, SpeedPoint, Streamed } from './xl-work.ts';
import './memory.css';

/** Bytes of the text that are streamed. */
const most = 4096;
/** What the effective context is measured by. */
const trial = { step: 32, positions: 16 };
const longestTried = 256;
/** Until the model is loaded. */
const unknownSize = { width: 64, layers: 3 };
/** How long the sizes must stand before anything is measured anew, ms. */
const patience = 250;

/** Shows what a segment memory holds, how far back it reaches, and what it saves. */
export function View() {
  const [streams, reaches] = useMemo(() => [connection('xl'), connection('xl')] as const, []);
  useEffect(
    () => () => {
      streams.close();
      reaches.close();
    },
    [streams, reaches],
  );
  useEffect(() => followText(memory, (sample) => memory.set({ ...(sample === undefined ? {} : { text: sample }), from: 0, step: 5 })), []);
  const { segment, memory: length, step, from } = memory.values.value;
  const loaded = useComputed(() => (textState.value?.at === 'loaded' ? textState.value.loaded : undefined)).value;
  const begin = placeIn(loaded?.text ?? '', from);
  const text = useMemo(() => streamedPart(loaded?.text ?? '', begin, most), [loaded, begin]);
  const about = useSignal<MemoryAbout | undefined>(undefined);
  useEffect(() => {
    streams
      .run((api) => api.about(site))
      .then(
        (found) => {
          about.value = found;
        },
        () => undefined, // the view says it where it streams
      );
  }, [streams, about]);

  const streaming = useMemo(() => job<Streamed>(), []);
  const soFar = useSignal<Streamed | undefined>(undefined);
  const reaching = useMemo(() => job<Reach>(), []);
  const longest = Math.min(longestTried, Math.floor((text.length - 2) / trial.step) * trial.step);
  const refusal =
    loaded === undefined || longest >= 2 * trial.step
      ? undefined
      : `To say how far it reaches takes a text of at least ${(2 * trial.step + 2).toLocaleString('en')} bytes; this one has ${text.length.toLocaleString('en')}.`;
  const stream = useCallback((): Promise<void> => {
    soFar.value = undefined;
    return streaming.start(async (signal, say) => {
      const tell = proxy((so: Streamed) => {
        if (!signal.aborted) soFar.value = so;
      });
      const whole = await streams.run((api) => api.stream(site, { bytes: text, segment, memory: length }, tell, proxy(say)), signal);
      soFar.value = whole;
      return whole;
    });
  }, [streaming, streams, text, segment, length, soFar]);
  const reach = useCallback(
    (): void =>
      void reaching.start((signal, say) =>
        reaches.run((api) => api.reach(site, { bytes: text, segment, memory: length, longest, ...trial }, proxy(say)), signal),
      ),
    [reaching, reaches, text, segment, length, longest],
  );
  const isThere = text.length > 1;
  const isSecond = useRef(false);
  useEffect(() => {
    if (!isThere) return;
    let isOver = false;
    const start = async (): Promise<void> => {
      reaching.cancel();
      await stream();
      if (!isOver && refusal === undefined && streaming.state.peek().at === 'done') reach();
    };
    const timer = setTimeout(start, isSecond.current ? patience : 0);
    isSecond.current = true;
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [isThere, stream, reach, refusal, reaching, streaming]);

  const canvas = useRef<HTMLCanvasElement | undefined>(undefined);
  const takeCanvas = useCallback((element: HTMLCanvasElement) => {
    canvas.current = element;
  }, []);
  const timed = useRef<readonly SpeedPoint[]>([]);
  const onTimed = useCallback((points: readonly SpeedPoint[]): void => {
    timed.current = points;
  }, []);
  const streamed = soFar.value?.withMemory.length === text.length ? soFar.value : undefined;
  const isDone = streaming.state.value.at === 'done';
  const size = about.value?.size;
  return (
    <div class="view beside memory">
      <div class="stack">
        <section class="panel" aria-label="Text to read">
          <TextPicker first={memory.values.peek().text} />
          {loaded !== undefined && <Begin text={loaded.text} begin={begin} streamed={text.length} />}
        </section>
        <section class="panel" aria-label="Sizes">
          <Slider
            label="Segment"
            unit="bytes"
            explain={<p>Bytes that are read at a time: one forward pass for all of them.</p>}
            values={segmentLengths}
            value={segment}
            onChange={(value, options) => memory.set({ segment: value }, options)}
          />
          <Slider
            label="Memory"
            unit="bytes"
            explain={
              <p>
                Bytes before the segment for which every layer keeps what it was given. A model may be read with another memory than it was
                trained with.
              </p>
            }
            values={memoryLengths}
            value={length}
            onChange={(value, options) => memory.set({ memory: value }, options)}
          />
        </section>
        {about.value !== undefined && <AboutMemory about={about.value} />}
      </div>
      <div class="stack">
        <Refused reasons={memory.refused.value} />
        {loaded !== undefined && !isThere && (
          <p class="notice">This text is too short to be read in segments. Paste or open another one.</p>
        )}
        {isThere && (
          <StreamPanel text={text} size={size ?? unknownSize} streamed={streamed} onCanvas={takeCanvas}>
            <JobStatus job={streaming} idle="Waiting for the text." again={() => void stream()} />
          </StreamPanel>
        )}
        {isThere && (
          <>
            {streamed !== undefined && isDone && <PositionsPanel streamed={streamed} segment={segment} memory={length} />}
            <ReachPanel job={reaching} refusal={refusal} again={reach} />
            <SpeedPanel onTimed={onTimed} />
            {size !== undefined && (
              <TakeAway
                name="segment-memory"
                code={() =>
                  codeOf({
                    text: new TextDecoder().decode(text.subarray(0, 4096)),
                    segment,
                    memory: length,
                    longest: Math.min(longest, 192),
                  })
                }
                json={() => ({
                  text: loaded?.title,
                  bytes: text.length,
                  segment,
                  memory: length,
                  bitsPerByte:
                    streamed === undefined ? undefined : { withMemory: meanOf(streamed.withMemory), without: meanOf(streamed.without) },
                  reach: reaching.state.peek().at === 'done' ? (reaching.state.peek() as { readonly result: Reach }).result : undefined,
                  speed: timed.current,
                })}
                canvas={() => canvas.current}
                svg={() =>
                  pictureSvg(
                    memoryPicture(
                      {
                        step: Math.min(step, Math.ceil(text.length / segment) - 1),
                        segment,
                        memory: length,
                        layers: size.layers,
                        length: text.length,
                        wordsOf: wordsOf(text, segment),
                      },
                      960,
                    ),
                  )
                }
              />
            )}
          </>
        )}
      </div>
    </div>
  );
}

const meanOf = (bits: Float32Array): number => {
  const own = bits.filter((each) => !Number.isNaN(each));
  return own.reduce((sum, each) => sum + each, 0) / own.length;
};
