import { listenToPasses } from './listen-to-passes.ts';
import { secondsOfPasses } from './pass-seconds.ts';

/** What a call put onto the device. */
export interface Recorded {
  readonly dispatches: number;
  readonly bytes: number;
  /** Of the device, by timestamp queries; undefined where nothing is timed. */
  readonly seconds: number | undefined;
}

export interface Recorder {
  /**
   * Runs something that encodes, and waits until the device is done with it; what gives a promise submits by itself.
   * @returns what it encoded, and how long the device was at it
   */
  record(run: () => void | Promise<void>): Promise<Recorded>;
}

/** The most that WebGPU lets a set have. */
const queries = 4096;

/**
 * @param submit gives all that is encoded to the device
 * @param isTimed the device has timestamp queries, and its times say something
 */
export function recorderOn(device: GPUDevice, submit: () => void, isTimed: boolean): Recorder {
  const stamps = isTimed ? stampsOn(device) : undefined;
  return {
    async record(run) {
      submit(); // what was encoded before does not count
      let [passes, dispatches, bytes] = [0, 0, 0];
      listenToPasses({
        begun: () => stamps?.writesOf(passes++),
        dispatched(held) {
          dispatches++;
          bytes += held;
        },
      });
      try {
        await run();
        submit();
      } finally {
        listenToPasses(undefined);
      }
      if (stamps === undefined) {
        await device.queue.onSubmittedWorkDone();
        return { dispatches, bytes, seconds: undefined };
      }
      return { dispatches, bytes, seconds: secondsOfPasses(await stamps.read(passes)) };
    },
  };
}

/** Timestamps of as many passes as a set of queries has room for. */
function stampsOn(device: GPUDevice) {
  const querySet = device.createQuerySet({ type: 'timestamp', count: queries });
  const resolved = device.createBuffer({ size: 8 * queries, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size: 8 * queries, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  return {
    writesOf(pass: number): GPUComputePassTimestampWrites {
      if (2 * pass + 1 >= queries) throw new Error(`a call of more than ${queries / 2} passes cannot be timed`);
      return { querySet, beginningOfPassWriteIndex: 2 * pass, endOfPassWriteIndex: 2 * pass + 1 };
    },
    async read(passes: number): Promise<BigUint64Array> {
      if (passes === 0) return new BigUint64Array(0);
      const encoder = device.createCommandEncoder();
      encoder.resolveQuerySet(querySet, 0, 2 * passes, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16 * passes);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ, 0, 16 * passes);
      const stamps = new BigUint64Array(staging.getMappedRange(0, 16 * passes).slice(0));
      staging.unmap();
      return stamps;
    },
  };
}
