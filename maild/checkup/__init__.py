"""The doctor: what keeps letters and answers from arriving, told in plain words."""
