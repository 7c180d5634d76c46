import type { Elsewhere } from '@longspan/core-tensor/error';

/** What other libraries call the options of `train`. */
export const trainElsewhere: Elsewhere = {
  'learningrate lr': 'schedule: constantSchedule(0.001), or one that warms up and falls: warmup(100, cosineSchedule({ … }))',
  'warmupsteps numwarmupsteps warmupratio lrscheduler lrschedulertype': 'schedule: warmup(steps, schedule)',
  'maxsteps numsteps iterations': 'steps',
  'epochs numepochs nepochs numtrainepochs': 'steps: epochs times the batches of one; dataInEpochs begins the data anew',
  'batchsize trainbatchsize perdevicetrainbatchsize': 'accumulate: batches of a step; how many rows a batch has, data says',
  'gradientaccumulationsteps accumulategradbatches': 'accumulate',
  'maxgradnorm clipnorm gradientclipval gradclip': 'maxNorm',
  weightdecay: 'optimizer: adamW({ weightDecay: 0.01 })',
  'emadecay ema': 'averageDecay',
  'validationdata evaldata evaldataset valdata': 'validation: { data, every }',
  'patience earlystopping': 'validation: { data, every, patience }',
  'resumefromcheckpoint outputdir savesteps': 'checkpoint: { store: checkpointFolder(path), every }',
  'seed randomseed': 'key: createKey(seed)',
};
