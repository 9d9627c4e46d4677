import numpy as np
import pytest

from roomtone.acts.embedding import WIDTH, SentenceEmbedding
from roomtone.config.locations import Locations
from roomtone.errors import ModelError
from roomtone.weights import embedding_folder
