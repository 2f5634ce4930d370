def decode(text, evidence=None):
    return text, None
