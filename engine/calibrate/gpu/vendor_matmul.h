// Matrix-matrix products of the vendor's library, opened at run time: what engines use for prefill.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "calibrate/gpu/gpu_device.h"

namespace plimsoll::calibrate {

// C[m][n] = A[m][k] B[n][k]^T, rows one after another, all of one 16-bit type, sums in float.
struct MatmulShape {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  bool bf16 = false;
};

// A product of one shape, with all that the library wants prepared.
class VendorProduct {
 public:
  virtual ~VendorProduct() = default;
  virtual void enqueue(DeviceAddress a, DeviceAddress b, DeviceAddress c) = 0;
};

struct VendorMatmul {
  std::string name;  // "cuBLASLt"
  std::function<std::unique_ptr<VendorProduct>(GpuDevice&, const MatmulShape&)> prepare;
  bool has_bf16 = true;
};

// cuBLASLt and cuBLAS for "cuda", hipBLASLt and hipBLAS for "hip": those of them that can be
// opened.
std::vector<VendorMatmul> open_vendor_matmuls(const std::string& driver_id);

}  // namespace plimsoll::calibrate
