/** The process of a point in the archive, which has one experiment. */
import { servePoint } from '../../../process/serve-point.ts';
import type { Experiment } from '../../../run/experiment.ts';
import { gpu } from '../gpu.ts';

await servePoint(() => gpu as Experiment);
