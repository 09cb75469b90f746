// Stands in for libcuda.so.1 where there is no GPU: a driver of CUDA 12.4 with two GPUs.
#include <cstddef>
#include <cstring>

extern "C" {

int cuInit(unsigned flags) { return flags == 0 ? 0 : 1; }

int cuDriverGetVersion(int* version) {
  *version = 12040;
  return 0;
}

int cuDeviceGetCount(int* count) {
  *count = 2;
  return 0;
}

int cuDeviceGet(int* device, int ordinal) {
  *device = 70 + ordinal;
  return 0;
}

int cuDeviceGetName(char* name, int size, int device) {
  std::strncpy(name, device == 70 ? "Fake H100" : "Fake A100", static_cast<size_t>(size));
  return 0;
}

int cuDeviceTotalMem_v2(size_t* bytes, int device) {
  *bytes = (device == 70 ? size_t{80} : size_t{40}) << 30;
  return 0;
}

int cuDeviceGetUuid(unsigned char* uuid, int device) {
  for (int i = 0; i < 16; ++i) uuid[i] = static_cast<unsigned char>(device + i);
  return 0;
}

int cuDeviceGetAttribute(int* value, int attribute, int device) {
  *value = attribute == 20 && device == 71 ? 3 : 0;  // the second takes one process alone
  return 0;
}
}
