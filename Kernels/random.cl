// Counter-based random numbers: the same (index, step, stream, key) gives the same bits on every device.

// Word index % 4 of Philox4x32-10 at counter (low and high word of index / 4, step, stream) under the key.
static uint philox_bits(const uint index_low, const uint index_high, const uint step, const uint stream,
                        const uint key_low, const uint key_high) {
    const ulong block = upsample(index_high, index_low) / 4;
    uint4 counter = (uint4)((uint)block, (uint)(block >> 32), step, stream);
    uint2 key = (uint2)(key_low, key_high);
    for (int round = 0; round < 10; round++) {
        counter = (uint4)(mul_hi(0xCD9E8D57u, counter.z) ^ counter.y ^ key.x, 0xCD9E8D57u * counter.z,
                          mul_hi(0xD2511F53u, counter.x) ^ counter.w ^ key.y, 0xD2511F53u * counter.x);
        key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
    }
    const uint2 pair = (index_low & 2) ? counter.zw : counter.xy;
    return (index_low & 1) ? pair.y : pair.x;
}

// A number of [0, 1): a multiple of 2^-24.
static float philox_uniform(const size_t index, const uint step, const uint stream, const uint key_low,
                            const uint key_high) {
    const ulong wide = index;
    return (float)(philox_bits((uint)wide, (uint)(wide >> 32), step, stream, key_low, key_high) >> 8) * 0x1p-24f;
}
