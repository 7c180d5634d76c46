import { env } from '@tensorflow/tfjs-core';

// The engine then throws on a kernel that leaks a data id, and prints no banners.
env().set('IS_TEST', true);
env().set('PROD', false);
