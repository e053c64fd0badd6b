// faiss-node 0.5.1 names faiss::idx_t, which came with faiss 1.7.4; Debian 12 has 1.7.3, where it is a member of Index.
#pragma once
#include <faiss/Index.h>
namespace faiss {
using idx_t = Index::idx_t;
}
