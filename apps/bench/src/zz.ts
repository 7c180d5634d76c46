import { launch } from './launch.ts';
const signal = new AbortController().signal;
for (const [method,pass,n] of [['window','forward',1024],['window','forward',4096],['window','forward',16384],['window','forward+backward',1024],['window','forward+backward',4096],['window','forward',65536],['window','forward+backward',16384],['dense','forward',1024],['dense','forward+backward',1024]] as const) {
  const t=performance.now();
  console.log(method,pass,n, JSON.stringify(await launch('point',{method,pass,n,heads:4,headDim:64,left:256,source:{kind:'book'},backend:'wasm',seed:0,repeatUnderSeconds:0.4},{signal,budgetSeconds:100})), performance.now()-t);
}
