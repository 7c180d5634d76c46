import { adapterEnvironment } from '@longspan/tooling/webgpu';
import type { Ending } from '../../../process/ending.ts';
import type { GpuFigures } from '../input.ts';

/** Whose adapter the points get; by default the machine's own where it is a graphics card, else the software one. */
export const adapterChoices = ['software', 'machine'] as const;
export type AdapterChoice = (typeof adapterChoices)[number];

type Environment = Readonly<Record<string, string>>;

export interface ChosenAdapter {
  /** What the processes of the points are to be given besides. */
  readonly environment: Environment;
  /** A graphics card, or whatever the user asked for. */
  readonly isSoftware: boolean;
}

/**
 * What the environment of a process has to hold for Dawn to take the adapter that was asked for. Who has set VK_ICD_FILENAMES has chosen.
 * @param look what the point 'adapter' finds in a process with that environment
 */
export async function chosenAdapter(
  choice: AdapterChoice | undefined,
  own: Readonly<Record<string, string | undefined>>,
  look: (environment: Environment) => Promise<Ending<GpuFigures>>,
): Promise<ChosenAdapter> {
  const software = adapterEnvironment(own);
  const { VK_ICD_FILENAMES: _, ...machine } = software; // the Vulkan loader may still be the one beside it
  const isSoftware = async (environment: Environment): Promise<boolean> => {
    const ending = await look(environment);
    return ending.kind !== 'done' || ending.result.kind !== 'adapter' || ending.result.isSoftware;
  };
  if (choice === 'software') return { environment: software, isSoftware: true };
  if (choice === 'machine') return { environment: machine, isSoftware: await isSoftware(machine) };
  return (await isSoftware(machine)) ? { environment: software, isSoftware: true } : { environment: machine, isSoftware: false };
}
