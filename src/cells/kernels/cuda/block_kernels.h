#pragma once

// The sequence kernels of a GPU. A block of threads keeps W_hh in registers and shared memory,
// takes kRows sequences and walks over all their steps without waiting for another block. Compiled
// at run time by NVRTC, one shape at a time, from one text (cmake/block_kernels.cmake) without the
// system's headers; and by the C++ compiler for a loop over a block's threads, which tests it where
// there is no GPU.
//
// It is written in phases: what a thread does alone is a function of its own state, and `each` runs
// it for all threads of the block. Threads exchange through shared memory between two phases, or
// within a group of lanes in `exchange`.
//
// Letters: T time, B batch, I input size, H hidden size, G gates. Four lanes belong to each hidden
// unit, and kUnits units to a group of 4·kUnits lanes: the lanes share out the inner dimension of
// the units' products, add up their parts, and then each is left with the sum of one unit and
// sequence.

#include "cells/kernels/cuda/block_backward.h"
#include "cells/kernels/cuda/block_forward.h"

#ifndef __CUDACC__
#include <vector>
#endif

namespace eigenrnn::cuda {

#ifdef __CUDACC__

/// A block on a GPU: this thread, and the others by barriers.
template <class Thread>
struct GpuBlock {
  Thread& thread;

  int index() const { return blockIdx.x; }
  float* shared() const {
    extern __shared__ __align__(16) float memory[];
    return memory;
  }
  template <class Phase>
  void each(const Phase& phase) {
    phase(thread);
  }
  void sync() const { __syncthreads(); }
  template <class Send, class Receive>
  void exchange(int mask, const Send& send, const Receive& receive) {
    receive(thread, __shfl_xor_sync(0xffffffffU, send(thread), mask));
  }
};

template <class Pass>
void run_on_gpu(const Call& call) {
  typename Pass::Thread thread;
  thread.place.thread = threadIdx.x;
  GpuBlock<typename Pass::Thread> block{thread};
  Pass::run(block, call);
}

#else

/// A block on the CPU: a loop over its threads.
template <class Thread>
class CpuBlock {
 public:
  CpuBlock(int index, int threads, int shared_floats)
      : index_(index),
        threads_(static_cast<size_t>(threads)),
        memory_(static_cast<size_t>(shared_floats) / 4 + 1) {
    for (int i = 0; i < threads; ++i) threads_[static_cast<size_t>(i)].place.thread = i;
  }

  int index() const { return index_; }
  float* shared() { return &memory_.front().x; }
  template <class Phase>
  void each(const Phase& phase) {
    for (Thread& thread : threads_) phase(thread);
  }
  void sync() const {}
  template <class Send, class Receive>
  void exchange(int mask, const Send& send, const Receive& receive) {
    std::vector<float> sent;
    for (Thread& thread : threads_) sent.push_back(send(thread));
    for (size_t i = 0; i < threads_.size(); ++i) {
      receive(threads_[i], sent[i ^ static_cast<size_t>(mask)]);
    }
  }

 private:
  struct alignas(16) Chunk {
    float x = 0, y = 0, z = 0, w = 0;
  };
  int index_;
  std::vector<Thread> threads_;
  std::vector<Chunk> memory_;
};

template <class Pass>
void run_on_cpu(const Call& call, int blocks, int threads) {
  for (int i = 0; i < blocks; ++i) {
    CpuBlock<typename Pass::Thread> block(i, threads,
                                          shared_floats<typename Pass::Product>(threads));
    Pass::run(block, call);
  }
}

#endif

}  // namespace eigenrnn::cuda

#ifdef __CUDACC__
using EigenrnnShape = eigenrnn::cuda::Shape<EIGENRNN_SHAPE>;

extern "C" __global__ void __launch_bounds__(EigenrnnShape::kThreads, 1)
    eigenrnn_forward(const eigenrnn::cuda::Call call) {
  eigenrnn::cuda::run_on_gpu<eigenrnn::cuda::Forward<EigenrnnShape>>(call);
}

extern "C" __global__ void __launch_bounds__(EigenrnnShape::kThreads, 1)
    eigenrnn_backward(const eigenrnn::cuda::Call call) {
  eigenrnn::cuda::run_on_gpu<eigenrnn::cuda::Backward<EigenrnnShape>>(call);
}
#endif
