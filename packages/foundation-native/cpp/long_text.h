// Long ASCII texts, looked at and copied in one pass, by as many bytes at a time as the processor takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "buffer.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define FOUNDATION_HAS_AVX2 1
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace foundation {

// From this size on that is faster.
constexpr size_t kLongText = 256;

#if defined(FOUNDATION_HAS_AVX2)
// Copy up to the first block that has something to escape. Return how many bytes that were.
__attribute__((target("avx2"))) inline size_t copy_blocks_32(char* to, const char* from,
                                                             size_t size) {
  const __m256i control = _mm256_set1_epi8(0x20);
  const __m256i quote = _mm256_set1_epi8('"');
  const __m256i backslash = _mm256_set1_epi8('\\');
  const __m256i del = _mm256_set1_epi8(0x7f);
  size_t position = 0;
  for (; position + 32 <= size; position += 32) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + position));
    // ASCII has no negative bytes.
    const __m256i found = _mm256_or_si256(
        _mm256_or_si256(_mm256_cmpgt_epi8(control, bytes), _mm256_cmpeq_epi8(bytes, quote)),
        _mm256_or_si256(_mm256_cmpeq_epi8(bytes, backslash), _mm256_cmpeq_epi8(bytes, del)));
    if (_mm256_movemask_epi8(found) != 0) break;
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + position), bytes);
  }
  return position;
}
#endif

#if defined(__SSE2__)
inline size_t copy_blocks_16(char* to, const char* from, size_t size) {
  const __m128i control = _mm_set1_epi8(0x20);
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i del = _mm_set1_epi8(0x7f);
  size_t position = 0;
  for (; position + 16 <= size; position += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + position));
    const __m128i found = _mm_or_si128(
        _mm_or_si128(_mm_cmplt_epi8(bytes, control), _mm_cmpeq_epi8(bytes, quote)),
        _mm_or_si128(_mm_cmpeq_epi8(bytes, backslash), _mm_cmpeq_epi8(bytes, del)));
    if (_mm_movemask_epi8(found) != 0) break;
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + position), bytes);
  }
  return position;
}
#endif

// Copy the bytes of an ASCII text up to the first one to escape. Return how many that were;
// `out.failed()`: there is no memory.
inline size_t copy_clean(Buffer& out, const char* text, size_t size) {
  if (!out.reserve(size)) return 0;
  char* to = out.cursor();
  size_t position = 0;
#if defined(FOUNDATION_HAS_AVX2)
  if (__builtin_cpu_supports("avx2")) position = copy_blocks_32(to, text, size);
#endif
#if defined(__SSE2__)
  position += copy_blocks_16(to + position, text + position, size - position);
#endif
  for (; position < size; ++position) {
    const auto byte = static_cast<uint8_t>(text[position]);
    if (byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f) break;
    to[position] = text[position];
  }
  out.advance_to(to + position);
  return position;
}

}  // namespace foundation
