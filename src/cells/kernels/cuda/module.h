#pragma once
#include <string>

#include "cells/kernels/cuda/block_kernels.h"

// Compiles block_kernels.h for a shape on the GPU that is there, and starts what comes out.
// LibTorch brings the compiler (NVRTC) along and the driver is asked by name, so that nothing here
// needs the CUDA toolkit, and a program built without a GPU runs on one.

namespace eigenrnn::cuda {

/// What a Shape is made of.
struct ShapeValues {
  int cell, hidden, input, inputs, rows;

  int gates() const { return cell == kLstm ? 4 : cell == kGru ? 3 : 1; }
  int threads() const { return (hidden + 7) / 8 * 32; }
  /// Of the chunks of W_hh that a thread takes, those for which it has registers.
  int kept_forward() const;
  int kept_backward() const;
  /// Floats of shared memory.
  int shared_forward() const;
  int shared_backward() const;
  /// As Shape's arguments.
  std::string text() const;
};

/// Units up to which a block has threads and registers enough.
constexpr int kMostUnits = 128;

/// A GPU's processors of blocks, and the bytes of shared memory that a block can have.
struct Limits {
  int multiprocessors, shared_bytes;
};
Limits limits_of(int device);

/// Both passes of a shape, compiled at the first call for it and kept in the user's cache folder.
/// To be called with the device's context current, as after any allocation there. Throws Error with
/// the compiler's or the driver's words.
void start_forward(const ShapeValues& shape, int device, const Call& call);
void start_backward(const ShapeValues& shape, int device, const Call& call);

/// The machine code of a shape for compute capability `major`.`minor`, without a GPU. `log`, if
/// given, gets the registers and spills of each kernel. Throws Error.
std::string compile(const ShapeValues& shape, int major, int minor, std::string* log = nullptr);

}  // namespace eigenrnn::cuda
