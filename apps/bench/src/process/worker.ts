/** A fresh process for one point of any experiment. */
import { experimentNamed } from '../run/registry.ts';
import { servePoint } from './serve-point.ts';

await servePoint(experimentNamed);
