// How work is dealt out to blocks and groups of 32 lanes: what the host's code, the kernels in CUDA
// and HIP and those in Metal have to agree on. Plain enumerators, which all four languages take.
#ifndef PLIMSOLL_KERNEL_SHAPES
#define PLIMSOLL_KERNEL_SHAPES

enum KernelShape : unsigned {
  PIECE_QUADS = 256 * 8,  // 16 bytes each, that a block reads or copies

  // Rows of a matrix-vector product that a group sums: more of narrow weights, fewer of those with
  // 8 and 16 bits. Blocks are small, as the last of them leave less of the device idle.
  NARROW_ROWS = 4,
  WIDE_ROWS = 2,
  MATRIX_GROUPS = 2,
  SLICE_COLUMNS = 32,  // of affine weights, that a lane takes at a time

  HEAD_DIM = 128,
  TILE = 64,           // tokens of a cache; blocks get whole ones
  MOST_SPLITS = 1024,  // of a context over blocks

  SIDE = 128,        // of the square of C that a block has of a matrix-matrix product
  EXPERT_ROWS = 16,  // of an expert's weights that a block has
  STATE_ROWS = 16,   // of the gated delta net's states
  ROUTED_TOKENS = 4  // of a block
};

#endif
