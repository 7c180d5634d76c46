import { chooseDevice, chosenDevice, takeDevice } from '../compute/chosen-device.ts';
import { describeDevice } from '../compute/device.ts';
import { Explain } from '../controls/explain.tsx';

/** What the page computes on, and why. Before anything is computed it says so, and measures on demand. */
export function DeviceBadge() {
  const chosen = chosenDevice.value;
  const best = chosen?.trials.find(({ device }) => device.backend === chosen.backend);
  return (
    <span class="device" data-tour="device">
      <span class="device-name">{best === undefined ? 'Device not measured yet' : describeDevice(best.device)}</span>
      <Explain label="What the page computes on">
        {best === undefined ? (
          <>
            <p>The page tries WebAssembly and, where the browser has it, WebGPU on a small attention, and takes the faster one.</p>
            <button type="button" onClick={() => void chooseDevice().catch(() => undefined)}>
              Measure now
            </button>
          </>
        ) : (
          <>
            <p>{chosen?.reason}</p>
            {chosen !== undefined && chosen.trials.length > 1 && (
              <fieldset class="choices" aria-label="Compute on">
                {chosen.trials.map(({ device }) => (
                  <button
                    key={device.backend}
                    type="button"
                    aria-pressed={device.backend === chosen.backend}
                    onClick={() => takeDevice(device.backend)}
                  >
                    {describeDevice(device)}
                  </button>
                ))}
              </fieldset>
            )}
            {best.device.note !== undefined && <p>{best.device.note}</p>}
            <p>
              {globalThis.crossOriginIsolated
                ? 'The page is cross-origin isolated, so WebAssembly may use threads.'
                : 'The page is not cross-origin isolated, so WebAssembly has one thread.'}
            </p>
          </>
        )}
      </Explain>
    </span>
  );
}
