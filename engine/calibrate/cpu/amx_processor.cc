#include "calibrate/cpu/amx_processor.h"

#if PLIMSOLL_AMX
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace plimsoll::calibrate::cpu {

// CPUID leaf 7: EDX bit 22 is AMX-BF16, bit 24 AMX-TILE, bit 25 AMX-INT8. Linux 5.16 and later hand
// the registers' state (component 18) out to who asks with ARCH_REQ_XCOMP_PERM.
bool processor_has_tiles([[maybe_unused]] TileNumbers numbers) {
#if PLIMSOLL_AMX
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  const unsigned wanted = 1U << 24U | (numbers == TileNumbers::bf16 ? 1U << 22U : 1U << 25U);
  constexpr long arch_req_xcomp_perm = 0x1023;
  constexpr long tile_data = 18;
  return (d & wanted) == wanted && syscall(SYS_arch_prctl, arch_req_xcomp_perm, tile_data) == 0;
#else
  return false;
#endif
}

}  // namespace plimsoll::calibrate::cpu
