import { env } from '@tensorflow/tfjs-core';
import { configureGlobal } from 'fast-check';

// The engine then throws on a kernel that leaks a data id, and prints no banners.
env().set('IS_TEST', true);
env().set('PROD', false);

// One seed for every property, so that a run can be repeated; .ci/full gives others.
configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 11) });
