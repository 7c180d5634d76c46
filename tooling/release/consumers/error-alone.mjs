import { ConfigError } from '@longspan/core-tensor/error';

const error = new ConfigError({ caller: 'here', problem: 'it must fit.', expected: '1', got: '2', remedy: 'give 1.' });
console.log(`${error.name}\n${error.message}`);
