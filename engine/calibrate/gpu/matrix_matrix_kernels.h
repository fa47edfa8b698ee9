// Matrix-matrix products by the vendor's library, beside the own ones of gpu_families.h.
#pragma once

#include "calibrate/gpu/device_kernel.h"
#include "calibrate/gpu/vendor_matmul.h"

namespace plimsoll::calibrate {

GpuFamily vendor_matrix_family(const VendorMatmul& vendor);

}  // namespace plimsoll::calibrate
